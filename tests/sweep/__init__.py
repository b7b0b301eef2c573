"""Every release that a source offers, in every language: made, proven, and compared with what is official."""
