"""`verdigris host-emulator`. Here, because `hostemul` is independent of everything it judges."""

from verdigris.cli.process import process_command


host_emulator = process_command(
    "host-emulator", "hostemul", "Run the host emulator: demo hosts, recordings, replay."
)
