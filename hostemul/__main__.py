"""The `hostemul` command: `python -m hostemul bank`, `replay` or `screens`."""

from hostemul.commands import main


if __name__ == "__main__":
    main(prog_name="hostemul")
