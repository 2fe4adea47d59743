"""`python -m verdigris_command`: the same as `verdigris`."""

from verdigris_command.main import main


if __name__ == "__main__":
    main(prog_name="verdigris")
