// The sources of SluiceState follow.
