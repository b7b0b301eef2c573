use @package{}::client::{Client, Wait};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new("localhost:8500")?;
    client.wait_ready("half_plus_two", Wait::default()).await?;
    let result = client.predict("half_plus_two", [("x", [1.0, 2.0, 5.0])]).await?;
    println!("{:?} by version {}", result.output::<f32>("y")?, result.version);
    Ok(())
}
