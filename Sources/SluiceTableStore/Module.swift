// The sources of SluiceTableStore follow.
