"""Our side: users, connections and the scripted server; what a check plays on."""
