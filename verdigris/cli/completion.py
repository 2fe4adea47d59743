"""Shell completion: prints the script for a shell."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    \b
    bash:  eval "$(verdigris completion bash)"
    zsh:   eval "$(verdigris completion zsh)"
    fish:  verdigris completion fish | source

    Completes names of servers, domains, pools, models and requests from the running
    installation (see --api).
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    kind = get_completion_class(shell)
    if kind is None:  # every choice has a class as long as click keeps them
        raise click.UsageError(f"Completion for {shell} is not available.")
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "verdigris", "_VERDIGRIS_COMPLETE").source())
