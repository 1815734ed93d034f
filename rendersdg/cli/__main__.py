"""``python -m rendersdg.cli``."""

from rendersdg.cli import main

main()
