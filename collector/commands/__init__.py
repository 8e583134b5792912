"""The commands of `understudy`, one module each."""
