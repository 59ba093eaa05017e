// The sources of SluiceShell follow.
