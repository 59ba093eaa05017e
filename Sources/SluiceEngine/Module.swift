// The sources of SluiceEngine follow.
