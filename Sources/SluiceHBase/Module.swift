// The sources of SluiceHBase follow.
