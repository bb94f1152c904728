@main struct Terrarium { static func main() {} }
