// The sources of SluicePlanner follow.
