// Check reads every Go package below a folder, type-checks it as the compiler does, and prints as JSON what
// each declares. Packages of other modules come from the export data that `go list -export` names.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

type found struct {
	Errors   []string            `json:"errors"`
	Declared []string            `json:"declared"`
	Members  map[string][]string `json:"members"`
}

type checker struct {
	root, module string
	set          *token.FileSet
	others       types.Importer
	packages     map[string]*types.Package
	found        map[string]*found
}

func main() {
	root, module := os.Args[1], os.Args[2]
	set := token.NewFileSet()
	exports := exported(os.Args[3:])
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	all := &checker{
		root, module, set, importer.ForCompiler(set, "gc", open), map[string]*types.Package{}, map[string]*found{},
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			if files, _ := filepath.Glob(filepath.Join(path, "*.go")); len(files) > 0 {
				relative, _ := filepath.Rel(root, path)
				_, _ = all.Import(module + "/" + filepath.ToSlash(relative))
			}
		}
		return err
	})
	if err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(all.found); err != nil {
		panic(err)
	}
}

// exported names the file with the export data of each package that these need.
func exported(paths []string) map[string]string {
	arguments := append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, paths...)
	command := exec.Command("go", arguments...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		panic(err)
	}
	exports := map[string]string{}
	for _, line := range strings.Split(string(output), "\n") {
		if path, file, ok := strings.Cut(line, " "); ok {
			exports[path] = file
		}
	}
	return exports
}

// Import type-checks a package of the module, or reads one of another.
func (c *checker) Import(path string) (*types.Package, error) {
	if !strings.HasPrefix(path, c.module+"/") {
		return c.others.Import(path)
	}
	if known, ok := c.packages[path]; ok {
		if known == nil {
			return nil, fmt.Errorf("import cycle through %s", path)
		}
		return known, nil
	}
	c.packages[path] = nil
	here := &found{Errors: []string{}, Declared: []string{}, Members: map[string][]string{}}
	c.found[strings.TrimPrefix(path, c.module+"/")] = here
	complain := func(err error) { here.Errors = append(here.Errors, err.Error()) }
	names, _ := filepath.Glob(filepath.Join(c.root, strings.TrimPrefix(path, c.module), "*.go"))
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(c.set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			complain(err)
			continue
		}
		files = append(files, file)
		declarations(file, here)
	}
	configuration := types.Config{Importer: c, Error: complain, GoVersion: "go1.19"}
	checked, _ := configuration.Check(path, c.set, files, nil)
	c.packages[path] = checked
	return checked, nil
}

// declarations notes what a file declares at package level, each as often as it does.
func declarations(file *ast.File, here *found) {
	declare := func(names ...*ast.Ident) {
		for _, name := range names {
			if name.Name != "_" {
				here.Declared = append(here.Declared, name.Name)
			}
		}
	}
	member := func(owner string, names ...*ast.Ident) {
		for _, name := range names {
			here.Members[owner] = append(here.Members[owner], name.Name)
		}
	}
	for _, declaration := range file.Decls {
		switch declaration := declaration.(type) {
		case *ast.FuncDecl:
			if declaration.Recv != nil {
				kind := declaration.Recv.List[0].Type
				if pointer, ok := kind.(*ast.StarExpr); ok {
					kind = pointer.X
				}
				member(kind.(*ast.Ident).Name, declaration.Name)
			} else if declaration.Name.Name != "init" {
				declare(declaration.Name)
			}
		case *ast.GenDecl:
			for _, spec := range declaration.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					declare(spec.Names...)
				case *ast.TypeSpec:
					declare(spec.Name)
					var fields *ast.FieldList
					switch kind := spec.Type.(type) {
					case *ast.StructType:
						fields = kind.Fields
					case *ast.InterfaceType:
						fields = kind.Methods
					}
					if fields != nil {
						for _, field := range fields.List {
							member(spec.Name.Name, field.Names...)
						}
					}
				}
			}
		}
	}
}
