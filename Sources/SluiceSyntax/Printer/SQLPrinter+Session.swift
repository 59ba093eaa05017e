extension SQLPrinter {
    mutating func use(_ use: Use) {
        switch use {
        case .catalog(let catalog):
            write("USE CATALOG ")
            name(catalog)
        case .database(let database): keywords("USE ", database)
        case .modules(let modules):
            write("USE MODULES ")
            names(modules, separator: ", ")
        }
    }

    mutating func describe(_ describe: Describe) {
        let extended = describe.isExtended ? "EXTENDED " : ""
        switch describe.target {
        case .table(let table): keywords("DESCRIBE " + extended, table)
        case .catalog(let catalog):
            write("DESCRIBE CATALOG " + extended)
            name(catalog)
        case .database(let database): keywords("DESCRIBE DATABASE " + extended, database)
        case .function(let function): keywords("DESCRIBE FUNCTION " + extended, function)
        case .model(let model): keywords("DESCRIBE MODEL " + extended, model)
        case .job(let id): write("DESCRIBE JOB " + SQLPrinter.string(id))
        }
    }

    mutating func show(_ show: Show) {
        write("SHOW ")
        kind(show.kind)
        if let source = show.source { keywords(" FROM ", source) }
        if let filter = show.filter {
            write(filter.isNegated ? " NOT" : "")
            write(filter.isCaseInsensitive ? " ILIKE " : " LIKE ")
            string(filter.pattern)
        }
    }

    private mutating func kind(_ kind: Show.Kind) {
        switch kind {
        case .catalogs: write("CATALOGS")
        case .currentCatalog: write("CURRENT CATALOG")
        case .databases: write("DATABASES")
        case .currentDatabase: write("CURRENT DATABASE")
        case .tables: write("TABLES")
        case .columns: write("COLUMNS")
        case .views: write("VIEWS")
        case .materializedTables: write("MATERIALIZED TABLES")
        case .functions(let userOnly): write(userOnly ? "USER FUNCTIONS" : "FUNCTIONS")
        case .procedures: write("PROCEDURES")
        case .modules(let isFull): write(isFull ? "FULL MODULES" : "MODULES")
        case .models: write("MODELS")
        case .jars: write("JARS")
        case .jobs: write("JOBS")
        case .partitions(let table, let items):
            keywords("PARTITIONS ", table)
            if !items.isEmpty {
                write(" ")
                partition(items)
            }
        case .report(let report, let subject):
            write(report.rawValue)
            if let subject { keywords(" FROM ", subject) }
        case .jobReport(let report, let job): write(report.rawValue + " FOR JOB " + SQLPrinter.string(job))
        default: create(kind)
        }
    }

    private mutating func create(_ kind: Show.Kind) {
        switch kind {
        case .createCatalog(let catalog):
            write("CREATE CATALOG ")
            name(catalog)
        case .createTable(let table): keywords("CREATE TABLE ", table)
        case .createView(let view): keywords("CREATE VIEW ", view)
        case .createModel(let model): keywords("CREATE MODEL ", model)
        case .createMaterializedTable(let table, let isOrAlter):
            keywords(isOrAlter ? "CREATE OR ALTER MATERIALIZED TABLE " : "CREATE MATERIALIZED TABLE ", table)
        default: break
        }
    }
}
