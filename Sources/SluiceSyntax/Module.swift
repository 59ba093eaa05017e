// The sources of SluiceSyntax follow.
