import SluiceSQLite

/// The tables of a catalog file, as a list of steps that only grows.
enum CatalogSchema {
    /// Marks a file as a catalog: `SLUC`.
    static let applicationID: Int32 = 0x534C_5543

    static let migrations: [SQLiteMigration] = [
        SQLiteMigration(version: 1, sql: containers + objects + parts + history)
    ]

    private static let containers = """
        CREATE TABLE catalogs (
            name TEXT PRIMARY KEY, comment TEXT
        ) STRICT;
        CREATE TABLE catalog_options (
            catalog TEXT NOT NULL REFERENCES catalogs (name) ON DELETE CASCADE,
            position INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (catalog, position), UNIQUE (catalog, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE databases (
            id INTEGER PRIMARY KEY,
            catalog TEXT NOT NULL REFERENCES catalogs (name) ON DELETE CASCADE,
            name TEXT NOT NULL, comment TEXT,
            UNIQUE (catalog, name)
        ) STRICT;
        CREATE TABLE database_options (
            database_id INTEGER NOT NULL REFERENCES databases (id) ON DELETE CASCADE,
            position INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (database_id, position), UNIQUE (database_id, key)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO catalogs (name) VALUES ('default_catalog');
        INSERT INTO databases (catalog, name) VALUES ('default_catalog', 'default_database');

        """

    /// `lookup_name` is the name, in lower case where case does not count.
    private static let objects = """
        CREATE TABLE objects (
            id INTEGER PRIMARY KEY,
            database_id INTEGER NOT NULL REFERENCES databases (id) ON DELETE CASCADE,
            namespace TEXT NOT NULL CHECK (namespace IN ('relation', 'function', 'model')),
            lookup_name TEXT NOT NULL, name TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('table', 'view', 'function', 'model')),
            comment TEXT, definition TEXT NOT NULL,
            UNIQUE (database_id, namespace, lookup_name)
        ) STRICT;
        CREATE TABLE tables (
            object_id INTEGER PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE,
            watermark_expression TEXT, key_name TEXT, distribution TEXT
        ) STRICT;
        CREATE TABLE views (
            object_id INTEGER PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE,
            original_query TEXT NOT NULL, expanded_query TEXT NOT NULL
        ) STRICT;
        CREATE TABLE functions (
            object_id INTEGER PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE,
            body TEXT NOT NULL, language TEXT NOT NULL
        ) STRICT;

        """

    private static let parts = """
        CREATE TABLE columns (
            object_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
            role TEXT NOT NULL CHECK (role IN ('column', 'input', 'output')),
            position INTEGER NOT NULL, name TEXT NOT NULL, type TEXT,
            kind TEXT NOT NULL CHECK (kind IN ('physical', 'computed', 'metadata')),
            expression TEXT, metadata_key TEXT, is_virtual INTEGER NOT NULL, comment TEXT,
            PRIMARY KEY (object_id, role, position), UNIQUE (object_id, role, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE name_lists (
            object_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
            list TEXT NOT NULL CHECK (list IN ('primary key', 'partition keys', 'watermark')),
            position INTEGER NOT NULL, name TEXT NOT NULL,
            PRIMARY KEY (object_id, list, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE options (
            object_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
            position INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (object_id, position), UNIQUE (object_id, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE resources (
            object_id INTEGER NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
            position INTEGER NOT NULL, kind TEXT NOT NULL, path TEXT NOT NULL,
            PRIMARY KEY (object_id, position)
        ) STRICT, WITHOUT ROWID;

        """

    /// `chain` is a checksum over the row and the chain of the row before it.
    private static let history = """
        CREATE TABLE history (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at_micros INTEGER NOT NULL, principal TEXT NOT NULL, action TEXT NOT NULL,
            object TEXT NOT NULL, statement TEXT NOT NULL, chain INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX history_of_object ON history (object, id);
        """
}
