"""What `protogen doctor` tells: what a run would find on this machine, judged, with what mends it."""
