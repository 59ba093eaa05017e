import Glibc

/// Threads of clients may still be closing connections: `exit` would take OpenSSL and Kerberos down under them.
func end(_ status: Int32) -> Never {
    fflush(nil)
    _exit(status)
}

end(Program.run(Array(CommandLine.arguments.dropFirst())))
