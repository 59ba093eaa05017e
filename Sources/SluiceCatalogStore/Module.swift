// The sources of SluiceCatalogStore follow.
