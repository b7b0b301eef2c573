"""Programs that run without protogen, in processes of their own."""
