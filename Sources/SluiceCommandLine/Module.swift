// The sources of SluiceCommandLine follow.
