@main struct TerrariumWorker { static func main() {} }
