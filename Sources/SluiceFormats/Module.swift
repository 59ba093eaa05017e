// The sources of SluiceFormats follow.
