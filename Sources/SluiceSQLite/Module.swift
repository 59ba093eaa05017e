// The sources of SluiceSQLite follow.
