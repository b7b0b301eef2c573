"""What every room stands on: processes, threads, files, locks, the cache, progress events."""
