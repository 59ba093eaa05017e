// The sources of SluiceJobGraph follow.
