"""`python -m protogen`."""

from protogen.cli.main import main

if __name__ == "__main__":
    main()
