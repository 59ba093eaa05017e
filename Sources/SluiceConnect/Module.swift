// The sources of SluiceConnect follow.
