class Kaztoken < Formula
  desc "Command-line for the KAZTOKEN USB crypto token"
  homepage "@URL@"
  url "@URL@/kaztoken-@VERSION@.tar.gz"
  sha256 "@SHA256_SOURCE@"
  license any_of: ["Apache-2.0", "MIT"]

  depends_on "pkgconf" => :build
  depends_on "rust" => :build
  depends_on "libusb"

  on_linux do
    depends_on "pcsc-lite"
  end

  def install
    system "cargo", "install", "--features", "pcsc", *std_cargo_args(path: "adapters/cli")
    generate_completions_from_executable(bin/"kaztoken", "completions", shells: [:bash, :zsh, :fish])
    system bin/"kaztoken", "manual", buildpath/"manual"
    man1.install Dir["manual/*.1"]
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/kaztoken --version")
    system bin/"kaztoken", "virtual", "new", "token.kzt"
    assert_match "serial", shell_output("#{bin}/kaztoken --virtual token.kzt --json info")
  end
end
