"""From files of exported traces to records that SQL can load, with an account of every one."""
