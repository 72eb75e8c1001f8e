"""``python -m storymaker`` is the command line."""

from storymaker.cli import main

main()
