from @module{}.client import Client

with Client("localhost:8500") as client:
    client.wait_ready("half_plus_two", timeout=60)
    result = client.predict("half_plus_two", {"x": [1.0, 2.0, 5.0]})
    print(result["y"], "by version", result.version)
