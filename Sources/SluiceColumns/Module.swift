// The sources of SluiceColumns follow.
