// The sources of SluiceBuiltins follow.
