# The verbs of this project. Each sets up all it needs; `make demo` and `make test` work on a fresh Debian.
