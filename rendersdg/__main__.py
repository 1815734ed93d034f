"""``python -m rendersdg``."""

from rendersdg.cli import main

if __name__ == "__main__":
    main()
