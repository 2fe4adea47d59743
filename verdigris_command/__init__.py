"""The `verdigris` command, composed of the commands of every application. See decision 0251."""
