package client

import (
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	config "@import{tensorflow_serving/config/model_server_config.proto}"
)

// ModelsConf is a models.conf, to read, to change and to write. What isn't changed stays as it was. A server is sent
// the whole list (Client.Reload): it can't be asked for the one it has.
type ModelsConf struct {
	// Message is the list as the server takes it.
	Message *config.ModelServerConfig
}

// NewModelsConf is a list without models.
func NewModelsConf() *ModelsConf {
	made := &ModelsConf{&config.ModelServerConfig{}}
	made.list()
	return made
}

// ReadModelsConf reads text format, as --model_config_file is written in. An InputError has file and line.
func ReadModelsConf(path string) (*ModelsConf, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	made := &ModelsConf{&config.ModelServerConfig{}}
	if err := prototext.Unmarshal(text, made.Message); err != nil {
		return nil, inputError("setting", "%s: %s", path, err)
	}
	return made, nil
}

// Write writes text format; the file is the old one or the new one at any time.
func (c *ModelsConf) Write(path string) error {
	text, err := prototext.MarshalOptions{Multiline: true, Indent: "  "}.Marshal(c.Message)
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if found, err := os.Stat(path); err == nil {
		mode = found.Mode().Perm()
	}
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	for _, step := range []func() error{
		file.Close,
		func() error { return os.Chmod(file.Name(), mode) },
		func() error { return os.Rename(file.Name(), path) },
	} {
		if failed := step(); err == nil {
			err = failed
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		file.Close()
		os.Remove(file.Name())
	}
	return err
}

// Names are the models in the list.
func (c *ModelsConf) Names() []string {
	var found []string
	for _, each := range c.Message.GetModelConfigList().GetConfig() {
		found = append(found, each.GetName())
	}
	return found
}

// Serving is what is said about a model; what isn't given stays as it is.
type Serving struct {
	// BasePath is the folder that has a folder for each version.
	BasePath string
	// Platform is "tensorflow" where it isn't given.
	Platform string
	// Versions, Latest, Every: these versions, the newest so many, or all. One of them; a server serves the newest
	// version where none is given.
	Versions []int64
	Latest   uint32
	Every    bool
	// Labels are names of versions; a server takes one only for a version that is available already.
	Labels map[string]int64
}

// Serve adds a model, or changes what is given of one that is there.
func (c *ModelsConf) Serve(name string, serving Serving) error {
	policies := 0
	for _, given := range []bool{serving.Versions != nil, serving.Latest != 0, serving.Every} {
		if given {
			policies++
		}
	}
	if policies > 1 {
		return inputError("setting", "Versions, Latest and Every: give one of them")
	}
	labels := (&config.ModelConfig{}).ProtoReflect().Descriptor().Fields().ByName("version_labels")
	if serving.Labels != nil && labels == nil {
		return inputError("setting", "servers of this release have no labels")
	}
	found := c.find(name)
	if found == nil {
		if serving.BasePath == "" {
			return inputError("missing", "model %s is new: it needs a BasePath", name)
		}
		found = &config.ModelConfig{Name: name, ModelPlatform: "tensorflow"}
		list := c.list()
		list.Config = append(list.Config, found)
	}
	if serving.BasePath != "" {
		found.BasePath = serving.BasePath
	}
	if serving.Platform != "" {
		found.ModelPlatform = serving.Platform
	}
	if policies == 1 {
		setPolicy(found, serving)
	}
	if serving.Labels != nil {
		message := found.ProtoReflect()
		message.Clear(labels)
		held := message.Mutable(labels).Map()
		for label, version := range serving.Labels {
			held.Set(protoreflect.ValueOfString(label).MapKey(), protoreflect.ValueOfInt64(version))
		}
	}
	return nil
}

// setPolicy says which versions are served. Where the message's type is differs from release to release.
func setPolicy(model *config.ModelConfig, serving Serving) {
	part := func(of protoreflect.Message, name protoreflect.Name) protoreflect.Message {
		return of.Mutable(of.Descriptor().Fields().ByName(name)).Message()
	}
	policy := part(model.ProtoReflect(), "model_version_policy")
	switch {
	case serving.Every:
		part(policy, "all")
	case serving.Latest != 0:
		latest := part(policy, "latest")
		latest.Set(latest.Descriptor().Fields().ByName("num_versions"), protoreflect.ValueOfUint32(serving.Latest))
	default:
		specific := part(policy, "specific")
		field := specific.Descriptor().Fields().ByName("versions")
		specific.Clear(field)
		versions := specific.Mutable(field).List()
		for _, version := range serving.Versions {
			versions.Append(protoreflect.ValueOfInt64(version))
		}
	}
}

// Remove takes a model out of the list. A server unloads it.
func (c *ModelsConf) Remove(name string) error {
	if c.find(name) == nil {
		names := strings.Join(c.Names(), ", ")
		return inputError("name", "the list has no model %s: it has %s", name, orElse(names, "none"))
	}
	list, kept := c.list(), []*config.ModelConfig(nil)
	for _, each := range list.Config {
		if each.GetName() != name {
			kept = append(kept, each)
		}
	}
	list.Config = kept
	return nil
}

// Clone is a list of its own.
func (c *ModelsConf) Clone() *ModelsConf {
	return &ModelsConf{proto.Clone(c.Message).(*config.ModelServerConfig)}
}

func (c *ModelsConf) find(name string) *config.ModelConfig {
	for _, each := range c.Message.GetModelConfigList().GetConfig() {
		if each.GetName() == name {
			return each
		}
	}
	return nil
}

// list is the list itself, in place of anything else that the message may hold.
func (c *ModelsConf) list() *config.ModelConfigList {
	if found := c.Message.GetModelConfigList(); found != nil {
		return found
	}
	made := &config.ModelConfigList{}
	c.Message.Config = &config.ModelServerConfig_ModelConfigList{ModelConfigList: made}
	return made
}
