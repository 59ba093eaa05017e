import SluiceBase

/// The syntax of statements, for `\h`.
enum StatementHelp {
    struct Entry {
        var name: String
        var syntax: String
        var example: String
    }

    static func text(_ topic: String) -> String {
        let wanted = topic.uppercased()
        guard !wanted.isEmpty else {
            let names = entries.map { "  " + $0.name }.joined(separator: "\n")
            return names + "\n\n\\h STATEMENT shows the syntax of one of them\n"
        }
        let found = entries.filter { $0.name.hasPrefix(wanted) || wanted.hasPrefix($0.name) }
        guard !found.isEmpty else {
            let near =
                DidYouMean.nearest(wanted, in: entries.map(\.name)).map { "; did you mean \($0)?" } ?? ""
            return "no help about \"\(PrintableText.of(topic))\"\(near)\n"
        }
        return found.map { "\($0.syntax)\n\nExample:\n  \($0.example)\n" }.joined(separator: "\n")
    }

    /// Keywords worth completing.
    static let words: [String] = [
        "ALTER", "ANALYZE", "AND", "AS", "ASC", "BEGIN", "BETWEEN", "BY", "CASE", "CAST", "CATALOG",
        "CATALOGS", "COLUMNS",
        "CREATE", "CROSS", "CUMULATE", "DATABASE", "DATABASES", "DESC", "DESCRIBE", "DESCRIPTOR", "DISTINCT",
        "DROP", "ELSE",
        "END", "EXCEPT", "EXECUTE", "EXISTS", "EXPLAIN", "FALSE", "FOR", "FROM", "FULL", "FUNCTION",
        "FUNCTIONS", "GROUP",
        "HAVING", "HOP", "INNER", "INSERT", "INTERSECT", "INTERVAL", "INTO", "JOIN", "LEFT", "LIKE", "LIMIT",
        "NOT", "NULL",
        "OFFSET", "ORDER", "OUTER", "OVER", "PARTITION", "PRIMARY", "RESET", "RIGHT", "ROWS", "SELECT",
        "SESSION", "SET",
        "SHOW", "STATEMENT", "SYSTEM_TIME", "TABLE", "TABLES", "TEMPORARY", "THEN", "TRUE", "TUMBLE", "UNION",
        "UNNEST",
        "USE", "VALUES", "VIEW", "VIEWS", "WATERMARK", "WHEN", "WHERE", "WITH",
    ]

    static let entries: [Entry] = [
        Entry(
            name: "SELECT",
            syntax: """
                [WITH name AS (query) [, …]]
                SELECT [DISTINCT] expression [AS name] [, …]
                FROM table [AS alias] [JOIN table ON condition …]
                [WHERE condition] [GROUP BY expression [, …]] [HAVING condition]
                [UNION [ALL] query] [ORDER BY expression [ASC | DESC] [, …]] [LIMIT number] [OFFSET number]
                """,
            example: "SELECT origin, COUNT(*) AS flights FROM flights GROUP BY origin;"),
        Entry(
            name: "TUMBLE",
            syntax: """
                FROM TABLE(TUMBLE(TABLE table, DESCRIPTOR(time_column), INTERVAL '1' HOUR))
                FROM TABLE(HOP(TABLE table, DESCRIPTOR(time_column), slide, size))
                FROM TABLE(CUMULATE(TABLE table, DESCRIPTOR(time_column), step, size))
                FROM TABLE(SESSION(TABLE table PARTITION BY key, DESCRIPTOR(time_column), gap))
                … GROUP BY window_start, window_end [, key …]
                """,
            example: """
                SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departed), INTERVAL '1' HOUR))
                  GROUP BY window_start, window_end;
                """),
        Entry(
            name: "JOIN",
            syntax: """
                table [INNER | LEFT | RIGHT | FULL] JOIN table ON condition
                table [LEFT] JOIN table FOR SYSTEM_TIME AS OF table.proc_time ON key = key      (look-up)
                """,
            example: """
                SELECT f.tailnum, p.info.model FROM flights AS f
                  JOIN planes FOR SYSTEM_TIME AS OF f.proc AS p ON f.tailnum = p.tailnum;
                """),
        Entry(
            name: "INSERT",
            syntax: "INSERT INTO table [(column [, …])] query | VALUES (expression [, …]) [, …]",
            example: "INSERT INTO planes SELECT tailnum, ROW(maker, model) FROM plane_files;"),
        Entry(
            name: "EXECUTE STATEMENT SET",
            syntax: "EXECUTE STATEMENT SET BEGIN insert; [insert; …] END",
            example:
                "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT * FROM s; INSERT INTO b SELECT * FROM s; END;"
        ),
        Entry(
            name: "CREATE TABLE",
            syntax: """
                CREATE [TEMPORARY] TABLE [IF NOT EXISTS] name (
                  column type [NOT NULL] | column AS expression | column type METADATA [FROM 'key'] [VIRTUAL] [, …]
                  [, WATERMARK FOR column AS expression]
                  [, PRIMARY KEY (column [, …]) NOT ENFORCED]
                ) [COMMENT 'text'] [PARTITIONED BY (column [, …])] WITH ('key' = 'value' [, …]) [LIKE table] [AS query]
                """,
            example: """
                CREATE TABLE flights (tailnum STRING, departed TIMESTAMP(3), WATERMARK FOR departed AS departed)
                  WITH ('connector' = 'filesystem', 'path' = 'flights.csv', 'format' = 'csv');
                """),
        Entry(
            name: "CREATE VIEW",
            syntax: "CREATE [TEMPORARY] VIEW [IF NOT EXISTS] name [(column [, …])] [COMMENT 'text'] AS query",
            example: "CREATE VIEW long_flights AS SELECT * FROM flights WHERE distance > 1000;"),
        Entry(
            name: "CREATE DATABASE",
            syntax: "CREATE DATABASE [IF NOT EXISTS] [catalog.]name [COMMENT 'text']",
            example: "CREATE DATABASE shop;"),
        Entry(
            name: "CREATE CATALOG",
            syntax: "CREATE CATALOG [IF NOT EXISTS] name [COMMENT 'text'] [WITH ('key' = 'value' [, …])]",
            example: "CREATE CATALOG lake;"),
        Entry(
            name: "ALTER TABLE",
            syntax: """
                ALTER TABLE name RENAME TO name
                ALTER TABLE name SET ('key' = 'value' [, …]) | RESET ('key' [, …])
                ALTER TABLE name ADD | MODIFY (column type [, …]) | DROP (column [, …])
                """,
            example: "ALTER TABLE flights SET ('source.monitor-interval' = '1 s');"),
        Entry(
            name: "DROP",
            syntax: "DROP [TEMPORARY] TABLE | VIEW | DATABASE | CATALOG | FUNCTION [IF EXISTS] name",
            example: "DROP TABLE IF EXISTS flights;"),
        Entry(
            name: "SHOW",
            syntax: """
                SHOW CATALOGS | DATABASES | TABLES | VIEWS | FUNCTIONS | COLUMNS FROM table [LIKE 'pattern']
                SHOW CREATE TABLE | VIEW name
                SHOW CURRENT CATALOG | DATABASE
                """,
            example: "SHOW TABLES LIKE 'fl%';"),
        Entry(
            name: "DESCRIBE", syntax: "DESCRIBE table | DESCRIBE FUNCTION name", example: "DESCRIBE flights;"),
        Entry(
            name: "EXPLAIN",
            syntax:
                "EXPLAIN [ESTIMATED_COST | CHANGELOG_MODE | PLAN_ADVICE | JSON_EXECUTION_PLAN [, …]] statement",
            example: "EXPLAIN SELECT * FROM flights;"),
        Entry(name: "USE", syntax: "USE [catalog.]database | USE CATALOG catalog", example: "USE shop;"),
        Entry(
            name: "SET", syntax: "SET 'key' = 'value' | SET | RESET 'key' | RESET",
            example: "SET 'table.local-time-zone' = 'UTC';"),
    ]
}
