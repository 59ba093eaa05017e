// The sources of SluiceExpressions follow.
