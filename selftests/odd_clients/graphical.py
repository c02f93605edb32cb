import os

if "DISPLAY" not in os.environ:  # as tkinter says it, which is not installed everywhere
    raise RuntimeError("no display name and no $DISPLAY environment variable")
