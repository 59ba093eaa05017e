// The sources of SluiceCatalog follow.
