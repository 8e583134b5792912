"""What a trace, an observation and a score are, and how events merge into them. Pure."""
