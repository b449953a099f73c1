package docsite

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"image/png"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown reads what GitHub reads of it: tables and addresses as links. HTML
// is left out.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table, extension.Linkify),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(markup{}, 100))),
)

func parse(source []byte) ast.Node { return markdown.Parser().Parse(text.NewReader(source)) }

// body is a page's content below its title.
type body struct {
	HTML     template.HTML
	Headings []heading // of the second and third level
	source   []byte
	root     ast.Node  // nil for pages that are no Markdown
	sections []section // of the reference
}

// heading is a place in a page that links can lead to.
type heading struct {
	ID, Title string
	Level     int
}

// readPage reads and renders a Markdown file.
func readPage(files fs.FS, file string) (page, error) {
	source, err := fs.ReadFile(files, file)
	if err != nil {
		return page{}, fmt.Errorf("docs/%s lists a page that is not there: %w", list, err)
	}
	p := page{Address: addressOf(file), Source: path.Join("docs", file)}
	p.Body = body{source: source, root: parse(source)}
	title, ok := p.Body.root.FirstChild().(*ast.Heading)
	if !ok || title.Level != 1 {
		return page{}, fmt.Errorf("docs/%s does not begin with a first-level heading", file)
	}
	p.Title = plain(title, source)
	if first, ok := title.NextSibling().(*ast.Paragraph); ok {
		p.Lead = plain(first, source)
	}
	if err := p.Body.prepare(files, path.Dir(file)); err != nil {
		return page{}, fmt.Errorf("docs/%s: %w", file, err)
	}
	var out bytes.Buffer
	if err := markdown.Renderer().Render(&out, source, p.Body.root); err != nil {
		return page{}, fmt.Errorf("docs/%s: %w", file, err)
	}
	p.Body.HTML = template.HTML(out.String()) //nolint:gosec // our own Markdown, rendered without its HTML
	return p, nil
}

// prepare gives headings their anchors, links the addresses of the site, and
// images their sizes.
func (b *body) prepare(files fs.FS, folder string) error {
	ids := map[string]int{}
	return ast.Walk(b.root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		var err error
		switch n := n.(type) {
		case *ast.Heading:
			h := heading{ID: anchor(plain(n, b.source), ids), Title: plain(n, b.source), Level: n.Level}
			n.SetAttributeString("id", []byte(h.ID))
			if n.Level == 2 || n.Level == 3 {
				b.Headings = append(b.Headings, h)
			}
		case *ast.Link:
			n.Destination, err = destination(folder, n.Destination)
		case *ast.Image:
			if err = setSize(n, files, path.Join(folder, string(n.Destination))); err == nil {
				n.Destination, err = destination(folder, n.Destination)
			}
		}
		return ast.WalkContinue, err
	})
}

// setSize states the size of an image in pixels, so that the text below it does
// not move when it arrives.
func setSize(n *ast.Image, files fs.FS, name string) error {
	f, err := files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	width, height, err := sizeOf(f, path.Ext(name))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	n.SetAttributeString("width", width)
	n.SetAttributeString("height", height)
	n.SetAttributeString("loading", "lazy")
	return nil
}

// sizeOf reads the size of an SVG, whose root must state it in pixels, or PNG.
func sizeOf(f io.Reader, ext string) (width, height string, err error) {
	if ext == ".svg" {
		var root struct {
			Width  uint `xml:"width,attr"`
			Height uint `xml:"height,attr"`
		}
		if err := xml.NewDecoder(f).Decode(&root); err != nil {
			return "", "", err
		}
		if root.Width == 0 || root.Height == 0 {
			return "", "", errors.New("the SVG states no width and height in pixels")
		}
		return fmt.Sprint(root.Width), fmt.Sprint(root.Height), nil
	}
	config, err := png.DecodeConfig(f)
	return strconv.Itoa(config.Width), strconv.Itoa(config.Height), err
}

// anchor names a heading as GitHub does: a second one of the same text gets a
// number.
func anchor(title string, used map[string]int) string {
	id := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, title)
	n := used[id]
	used[id]++
	if n > 0 {
		id += "-" + strconv.Itoa(n)
	}
	return id
}

// destination is where a link of a page in the folder leads on the site: to
// another page, an image, or the repository.
func destination(folder string, link []byte) ([]byte, error) {
	u, err := url.Parse(string(link))
	if err != nil {
		return nil, err
	}
	if u.IsAbs() || u.Host != "" || u.Path == "" {
		return link, nil
	}
	if path.IsAbs(u.Path) {
		return nil, fmt.Errorf("the link %s must be relative, to work in the repository too", link)
	}
	// Relative to the folder of the documentation; "../" leads out of it.
	name := path.Join(folder, u.Path)
	switch {
	case made[name] != "":
		u.Path = made[name]
	case strings.HasPrefix(name, "../"):
		return []byte(inRepository(path.Join("docs", name), u.Fragment)), nil
	case path.Ext(name) == ".md":
		u.Path = addressOf(name)
	case strings.HasPrefix(name, "images/"):
		u.Path = Root + "/" + name
	default:
		return []byte(inRepository(path.Join("docs", name), u.Fragment)), nil
	}
	return []byte(u.String()), nil
}

// inRepository is the address of a file or folder of the repository.
func inRepository(name, fragment string) string {
	kind := "/blob/main/"
	if path.Ext(name) == "" && path.Base(name) != "Makefile" && path.Base(name) != "Dockerfile" {
		kind = "/tree/main/"
	}
	u := url.URL{Path: name, Fragment: fragment}
	return repository + kind + u.String()
}

// plain is the text of a node without its markup.
func plain(n ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // never fails: this function does not
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			out.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				out.WriteByte(' ')
			}
		case *ast.String:
			out.Write(n.Value)
		case *ast.AutoLink:
			out.Write(n.Label(source))
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				out.Write(line.Value(source))
			}
		default:
			if n.Type() == ast.TypeBlock && out.Len() > 0 {
				out.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.Join(strings.Fields(out.String()), " ")
}
