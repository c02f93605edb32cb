"""Texts that are said of more than one kind of server."""

ODD_TEXT = "ação, coração; \"aspas\" e 'apóstrofos'  dois  espaços %s %d {} {0} \\n 100% <b>oi</b> 🎉👩‍💻"
BURST = 20  # messages of one sender, one after another
LONG = 4096  # letters; more than one read of a usual server takes
