// The sources of SluiceRuntime follow.
