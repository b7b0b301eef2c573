"""What a recipe that says nothing about Python gets, and what builds and proves packages.

The versions are the lowest that the generated code runs on. Newer ones work too, so nothing is capped.
Much of what a client is installed beside can't go beyond protobuf 3.20.3; grpcio 1.49.1 is the first
with wheels for Python 3.11.
"""

from pathlib import Path

from protogen.languages.python.section import PythonSection

SECTION = PythonSection(python="3.8", protobuf="3.20.3", grpcio="1.49.1")

# By edition, the lowest: the first protobuf whose descriptor pool takes all of it, in C and in pure Python,
# and the first Python that this protobuf has. 5.26 takes edition 2023, but no maps in files whose messages
# are delimited.
EDITIONS = {
    "2023": PythonSection(python="3.8", protobuf="5.27.2", grpcio="1.49.1"),
    "2024": PythonSection(python="3.9", protobuf="6.32.0", grpcio="1.49.1"),
}

# hatchling, twine and pip with all that these need, each file by its hash: installed without resolving
# anything, so that the same protogen writes the same bytes tomorrow. Made by tools/refresh_pins.py.
TOOLS = Path(__file__).with_name("tools.txt")
