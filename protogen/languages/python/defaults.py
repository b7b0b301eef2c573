"""What a recipe that says nothing about Python gets, and what builds and proves packages.

The versions are the lowest that the generated code runs on. Newer ones work too, so nothing is capped.
Much of what a client is installed beside can't go beyond protobuf 3.20.3; grpcio 1.49.1 is the first
with wheels for Python 3.11.
"""

from protogen.languages.python.section import PythonSection

SECTION = PythonSection(python="3.8", protobuf="3.20.3", grpcio="1.49.1")

# With all that these need: installed without resolving anything, so that the same protogen writes the same
# bytes tomorrow. hatchling builds, twine checks, pip installs; the keyring that twine would like for uploads
# is left out. Name ▶ version.
TOOLS = {
    "hatchling": "1.33.0",
    "packaging": "26.3",
    "pathspec": "1.1.1",
    "pluggy": "1.7.0",
    "tomli": "2.5.0",
    "tomlkit": "0.15.2",
    "trove-classifiers": "2026.9.21.13",
    "twine": "7.0.0",
    "readme-renderer": "46.0",
    "nh3": "0.3.8",
    "docutils": "0.23",
    "pygments": "2.21.0",
    "requests": "2.34.2",
    "requests-toolbelt": "1.0.0",
    "urllib3": "2.8.0",
    "charset-normalizer": "3.5.2",
    "idna": "3.20",
    "certifi": "2026.10.18",
    "rfc3986": "2.0.0",
    "rich": "15.0.0",
    "markdown-it-py": "4.3.0",
    "mdurl": "0.1.2",
    "id": "1.6.1",
    "pip": "26.3",
}
