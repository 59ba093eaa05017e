// The sources of SluiceFiles follow.
